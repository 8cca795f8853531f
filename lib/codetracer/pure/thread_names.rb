# frozen_string_literal: true

# What threads are called, at first sight and when they are named later.
#
# Used by Recorder. Mirrors ext/codetracer_recorder/strand_name.c.
require_relative "core"
require_relative "text"

module CodeTracer
  module Pure
    class ThreadNames
      NAME = Core.take(Thread, :name)
      SIZE_MAX = 64 # bytes; longer ones are cut

      def initialize(filter)
        @filter = filter
      end

      # Gives the strand the running thread's name. Whether that is another one than it had.
      def note(strand)
        return false if strand.fiber?

        name = NAME.bind_call(Thread.current)
        name &&= Text.escape_part(@filter.mask(name), SIZE_MAX)
        name = nil if name && name.empty?
        return false if name == strand.name

        strand.name = name
        true
      end
    end
  end
end
