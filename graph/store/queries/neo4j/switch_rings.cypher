MATCH (store:RingleaderStore {id: 'store'})
SET store.mirrored_run = $run, store.mirroring = $mirroring, store.switching = null
WITH store
CALL () {
    MATCH (old:Ring)
    SET old:RetiredRing
    REMOVE old:Ring
}
CALL () {
    MATCH (new:StagedRing)
    SET new:Ring
    REMOVE new:StagedRing
}
RETURN count(*) AS written
