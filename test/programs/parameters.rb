# Every kind of parameter.
def required(a, b)
  [a, b]
end

def optional(a, b = a + 1, c = b + 1)
  [a, b, c]
end

def rest(a, *others, last)
  [a, others, last]
end

def keywords(key:, other: key * 2, **more)
  [key, other, more]
end

def everything(a, b = 2, *c, d, e:, f: 6, **g, &h)
  h.call([a, b, c, d, e, f, g])
end

def destructured(a, (b, (c, *d)), e)
  [a, b, c, d, e]
end

def nameless(*)
  :nameless
end

p required(1, 2)
p optional(1), optional(1, 5), optional(1, 5, 9)
p rest(1, 2), rest(1, 2, 3, 4)
p keywords(key: 1), keywords(key: 1, other: 3, third: 4).first(2)
p everything(1, 4, e: 5) { |all| all }
p everything(1, 2, 3, 4, e: 5, z: 26) { |all| all.first(6) }
p destructured(1, [2, [3, 4, 5]], 6)
p nameless(1, 2)
