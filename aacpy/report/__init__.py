"""What book and notebooks show, from records: figures, tables, sheets and the words for them."""
