# Integers around every boundary.
small = 42
negative = -1
fixnum_max = 2**62 - 1
first_bignum = 2**62
int64_max = 2**63 - 1
int64_min = -2**63
above = 2**63
word = 2**64
below = -2**70
googol = 10**100
sum = small + negative + fixnum_max + first_bignum + int64_max + int64_min + above + word + below
puts sum, googol.to_s.size
