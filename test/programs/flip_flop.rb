# Flip-flop, numbered parameters, __method__, multiple assignment, safe navigation.
def current
  __method__
end

picked = (1..10).select { |i| true if (i == 3)..(i == 5) }
p picked, current
p [1, 2].map { _1 * 2 }
a, (b, *c), d = 1, [2, 3, 4], 5
a, b = b, a
p a, b, c, d
none = nil
none&.unknown
none ||= :set
p none
