# frozen_string_literal: true

# With --block-frames: which block it is that begins.
#
# Made by Recording, asked by Hooks. A TracePoint tells the line that a block begins on, not the
# block; the bytecode of the files tells which there are. Where several begin on one line, what is
# known of them holds for each.
require_relative "core"
require_relative "handler_blocks"
require_relative "places"

module CodeTracer
  module Pure
    class BlockFrames
      LEVELS = /\Ablock \((\d+) levels\)/.freeze

      # What may run: `handler` is a HandlerBlocks::Handler or nil.
      Block = Struct.new(:iseqs, :handler)
      UNKNOWN = Block.new([].freeze, nil).freeze

      def self.level(label)
        found = LEVELS.match(label)
        found ? found[1].to_i : 1
      end

      # The innermost frame of the program.
      def self.frame_here
        caller_locations(2).find { |location| !Places.own?(location) }
      end

      def initialize(handlers)
        @handlers = handlers
        @blocks = {} # path → first line → iseqs
      end

      # A file was compiled.
      def note(iseq)
        lines = (@blocks[iseq.path] ||= {})
        iseq.each_child { |child| collect(child, lines) }
      end

      # The block of a :b_call event; nil: one that only gives the block of an `END` to the VM.
      # Yields for the iseq of the method, of whose file nothing may be known: it was there before.
      def find(event)
        lines = (@blocks[event.path] ||= {})
        iseqs = lines[event.lineno]
        if iseqs.nil? && event.method_id && (method = yield)
          collect(method, lines)
          iseqs = lines[event.lineno]
        end
        return UNKNOWN if iseqs.nil?

        iseqs = choose(iseqs, BlockFrames.frame_here) if iseqs.size > 1
        Block.new(iseqs, @handlers.of(iseqs)) unless iseqs.empty?
      end

      private

      def collect(iseq, lines)
        (lines[iseq.first_lineno] ||= []) << iseq if iseq.label.start_with?("block ")
        iseq.each_child { |child| collect(child, lines) }
      end

      # From Ruby 3.4 on the block around that of an `END` tells its call, and of the inner one Ruby
      # says that it is a level further in.
      def choose(iseqs, location)
        level = BlockFrames.level(location.label)
        around, inner = iseqs.partition { |iseq| @handlers.postexe?(iseq) }
        return [] if level == 1 && inner.size == 1 && around.any? { |iseq| tells_call?(iseq) }

        chosen = inner.select { |iseq| BlockFrames.level(iseq.label) == level }
        chosen.empty? ? inner : chosen
      end

      def tells_call?(iseq)
        iseq.trace_points.any? { |_, event| event == :b_call }
      end
    end
  end
end
