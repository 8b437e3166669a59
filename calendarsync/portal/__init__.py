"""What pages and commands show: figures, words, pictures. Nothing here decides what One X should hold."""
