MATCH (store:RingleaderStore {id: 'store'})
SET store.switching = $mirroring
RETURN store.mirroring AS shown, count { (:StagedRing {mirroring: $mirroring}) } AS staged
