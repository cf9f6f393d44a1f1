MERGE (store:RingleaderStore {id: 'store'})
SET store.schema = $schema
