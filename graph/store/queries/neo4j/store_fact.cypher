MATCH (store:RingleaderStore {id: 'store'})
RETURN store.schema AS schema, store.mirrored_run AS mirrored_run
