# Classes whose names lie or change, have no name, or only one of a nameless module.
class Liar
  def self.name
    "Honest"
  end

  def self.to_s
    "Humble"
  end

  def who(other = nil)
    other
  end
end

module Falsehood
  def self.name
    42
  end

  def self.told
    self
  end
end

nameless = Class.new do
  def who
    self
  end
end
first = nameless.new
first.who
Named = nameless
second = Named.new
second.who
Alias = Named
Object.send(:remove_const, :Named)
third = Alias.new
third.who
outer = Module.new
outer.const_set(:Inner, Class.new(Liar))
inner = outer::Inner.new
inner.who(first)
liar = Liar.new
liar.who
def liar.alone
  self
end
liar.alone
class << liar
  def together
    [self]
  end
end
liar.together
Falsehood.told
extended = Object.new.extend(Falsehood, Comparable)
puts [first, second, third].map { |one| one.class.equal?(Alias) }.inspect
puts liar.class, extended.is_a?(Falsehood), inner.is_a?(Liar)
