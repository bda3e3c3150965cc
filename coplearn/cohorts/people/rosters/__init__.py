"""Reading people from spreadsheets of every kind, and writing them."""
