"""What every learned score rests on: features and relations as of a day, labels apart from them, splits and figures."""
