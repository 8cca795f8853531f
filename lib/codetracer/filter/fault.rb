# frozen_string_literal: true

# What is wrong with a filter, and where: "FILE:LINE:COLUMN: what was found; what was expected".
#
# Raised by all of filter/; the command ends with exit status 2. Without a file it is about a short
# form on the command line.
module CodeTracer
  module Filter
    # A line and column of a file, both from 1.
    Place = Struct.new(:path, :line, :column) do
      def to_s
        [path, line, column].compact.join(":")
      end
    end

    class Fault < StandardError
      # `place` is a Place, or nil.
      def initialize(text, place = nil)
        super(place ? "#{place}: #{text}" : text)
      end
    end
  end
end
