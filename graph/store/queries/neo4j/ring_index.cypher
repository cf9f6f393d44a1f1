CREATE INDEX ringleader_ring IF NOT EXISTS FOR (n:Ring) ON (n.id)
