# Refined methods of Ruby's own classes, which only their file sees.
module Refined
  refine Integer do
    def to_s
      "refined #{super}"
    end

    def inspect
      "inspected"
    end

    def +(other)
      [self, other]
    end
  end

  refine String do
    def size
      -1
    end

    def shout
      upcase + "!"
    end
  end

  refine Array do
    def each
      yield :refined
    end
  end
end

module Before
  def self.size_of(text)
    text.size
  end
end

using Refined

def after(text, number)
  [text.size, number.to_s, number + 1, text.shout]
end

p after("four", 5), Before.size_of("four"), "#{7}"
[1, 2].each { |n| p n }
p %w[a b].map(&:shout)
p 1.send(:to_s), 1.method(:+).call(2)
