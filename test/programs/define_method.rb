# Methods made at run time.
class Made
  %w[one two].each_with_index do |name, index|
    define_method(name) { |extra = 0| index + extra }
  end

  class_eval "def three; four_minus_one; end", __FILE__, 200

  def four_minus_one
    :three
  end

  class << self
    def build
      new
    end
  end

  def method_missing(name, *args)
    name == :ghost ? [name, args] : super
  end

  def respond_to_missing?(name, all = false)
    name == :ghost || super
  end

  alias_method :drei, :three
end

made = Made.build
p made.one, made.two(5), made.three, made.drei, made.ghost(1)
made.define_singleton_method(:own) { :singleton }
p made.own
p made.respond_to?(:ghost), made.respond_to?(:unknown)
