"""What people write on photos: keywords, titles, captions."""
