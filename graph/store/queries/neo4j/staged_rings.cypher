MATCH (store:RingleaderStore {id: 'store'})
SET store.switching = $staging
WITH store
RETURN store.mirrored_staging AS shown, count { (:StagedRing {staging: $staging}) } AS staged
