collect_ignore_glob = ["projects/*"]  # they are run by test_projects.py, in processes of their own
