"""The runs of this machine: their events in the cache, the last ones only."""
