# Floats: odd ones, and those that do not fit a flonum.
half = 0.5
tenth = 0.1
negative_zero = -0.0
tiny = Float::MIN
huge = Float::MAX
subnormal = 5e-324
infinite = Float::INFINITY
minus_infinite = -Float::INFINITY
nan = Float::NAN
list = [half, tenth, negative_zero, tiny, huge, subnormal, infinite, minus_infinite, nan]
puts list.map(&:to_s).join(" ")
rational = 1r / 3
complex = Complex(1, -2)
p rational, complex
