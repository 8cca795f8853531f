# An exception nobody rescues: message, cause and status are Ruby's own.
class Outer < StandardError; end

def inner
  raise KeyError, "inner"
end

def outer
  inner
rescue KeyError
  raise Outer, "outer"
end

outer
