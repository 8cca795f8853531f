ctrace query traces/pay100 calls Account#pay; ctrace query traces/pay100 calls pay --json --where 'amount > 50'
