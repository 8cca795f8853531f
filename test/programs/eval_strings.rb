# Strings of code: instance_eval, class_eval, module_eval, nested evals, bindings that live on.
class Target
  def initialize
    @inside = 1
  end

  def frame
    inside = 2
    binding
  end
end

target = Target.new
puts target.instance_eval("@inside += 1\n@inside")
Target.class_eval(<<~RUBY, "generated.rb", 10)
  def generated(value)
    value + @inside
  end

  def self.built
    new.generated(40)
  end
RUBY
puts target.generated(1), Target.built
Target.module_eval("attr_reader :inside")
puts target.inside
frame = target.frame
frame.local_variable_set(:inside, 5)
frame.local_variable_set(:added, 6)
puts frame.eval("inside + added", "frame.rb", 1), frame.local_variables.sort.inspect
puts eval("eval('eval(\"1 + 1\") + 1') + 1")
puts eval("[1, 2].map do |n|\n  n * 2\nend").sum
# In no variable: where the lambda is from, Ruby 3.3 and later word otherwise.
puts eval("->(a) do\n  a + 1\nend").call(1)
fresh = binding
fresh.eval("kept = 1", "fresh.rb", 1)
fresh.eval("kept += 1", "fresh.rb", 2)
puts fresh.local_variable_get(:kept), fresh.local_variable_defined?(:kept)
puts target.instance_exec(3) { |n| @inside + n }, Target.class_exec { self }.name
3.times { |i| eval("puts #{i}\ni") }
TOPLEVEL_BINDING.eval("puts self", "top.rb", 1)
puts Object.new.singleton_class.class_eval("def hi; :hi; end")
