"""Website hosting: a bucket's objects as pages, with index and error documents and redirects."""
