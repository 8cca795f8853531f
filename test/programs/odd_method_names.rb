# Methods called like the recorder's or Kernel's own.
class Odd
  def start(x)
    stop(x + 1)
  end

  def stop(x)
    call(x)
  end

  def call(x)
    x * 2
  end

  def class
    :mine
  end

  def puts(text)
    Kernel.puts("odd #{text}")
  end

  def name=(value)
    @name = value
  end

  def empty?
    puts "empty?"
    true
  end
end

odd = Odd.new
p odd.start(1), odd.class, odd.empty?
odd.name = "x"
