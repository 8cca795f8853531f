ctrace query traces/pay100 calls Account#buy; ctrace query traces/pay100 calls ay
