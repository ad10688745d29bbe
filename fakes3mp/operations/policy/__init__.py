"""The policy engine: IAM's policy language, S3's actions and condition keys, and the decision whether a request is allowed.

Modules are imported when a policy is first put, or a caller is first judged who is not simply the bucket's owner.
"""
