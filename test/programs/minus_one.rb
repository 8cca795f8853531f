# -1 as the first value that a variable ever has: all bits of its word are set.
def first_seen(number, limit: -1)
  number + limit
end

first_seen(-1)
first_seen(-1)
[-1, -2].each { |each| first_seen(each) }
