# An exception nobody rescues: message, cause and status are Ruby's own.
class Outer < StandardError; end

def inner
  raise ArgumentError, "inner"
end

def outer
  inner
rescue ArgumentError
  raise Outer, "outer"
end

outer
