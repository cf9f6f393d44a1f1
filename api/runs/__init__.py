"""The flows: records into the stores, what is loaded into a published run, and both at once without a store."""
