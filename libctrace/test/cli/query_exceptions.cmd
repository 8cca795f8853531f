ctrace query traces/pay100 exceptions; ctrace query traces/pay100 exceptions --json; ctrace query traces/pay200 exceptions
