# Bodies of `class << self`: of which Ruby 3.4 tells no hook, where they begin and end, are left, and
# are the last that a thread or the program runs.
o = Object.new
t = Thread.new do
  class << o
    @a = 1
  end
end
t.join
def empty_ish(o)
  class << o
    :x
  end
end
empty_ish(o)
begin
  class << o
    raise "in body"
  end
rescue => e
  class << e
    class << self
      @b = 2
    end
  end
end
catch(:out) do
  class << o
    throw :out
  end
end
class << o
  @c = 3
end
