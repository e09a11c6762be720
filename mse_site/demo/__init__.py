"""A drawn world to demonstrate and test the site with: its pictures, its people, and a small model that reads them."""
