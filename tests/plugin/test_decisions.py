"""The report of a failed test says why a call was refused, which S3 does not."""

pytest_plugins = ["pytester"]


def test_a_failed_test_shows_the_decision(pytester):
    pytester.makepyfile(
        """
        import boto3

        def test_report(fake_s3):
            fake_s3.create_bucket("media")
            allow = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::media/*"}
            fake_s3.credentials.add("READER", "secret", account_id=fake_s3.account_id, policy={"Statement": allow})
            s3 = boto3.client("s3", aws_access_key_id="READER", aws_secret_access_key="secret")
            s3.put_object(Bucket="media", Key="a", Body=b"x")
        """
    )
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(
        [
            "*s3:PutObject on arn:aws:s3:::media/a: allowed by no statement of the identity policy, no bucket policy, no ACL*"
        ]
    )
