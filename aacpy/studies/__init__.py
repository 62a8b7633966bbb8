"""What the paper leaves open: variants of AAC, and of the attributes that it is given."""
