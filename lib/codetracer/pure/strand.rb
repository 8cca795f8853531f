# frozen_string_literal: true

# A thread or fiber: its calls that are open, where it was last, exceptions on their way through it.
#
# Made by StrandTable, used by Recorder (what happened) and Timeline (how it is shown). Mirrors
# ext/codetracer_recorder/strand_table.h and struct ct_timeline_strand.
module CodeTracer
  module Pure
    # A place that a step can stand at: a file's id and a line.
    Position = Struct.new(:path_id, :line)

    # What is known of one method: its number and definition, and what its iseq tells (Functions).
    Function = Struct.new(:id, :position, :path, :method_name, :is_block, :return_lines,
                          :has_rescue, :clause_lines, :iseq, :base_label) do
      def names?(name, file)
        method_name == name && path == file
      end
    end

    # An open call. `here` and `values` are its last step's; `depth` is the stack's
    # (JrubyHooks); `is_gone`: it ended while hooks were off.
    Frame = Struct.new(:function, :args, :here, :values, :is_in_rescue, :depth, :is_gone)

    # An exception on its way: `depth` is the number of calls open where it is.
    Unwinding = Struct.new(:exception, :class_name, :text, :depth, :is_unreported, :is_in_ensure,
                           :is_rescued)

    class Strand
      PENDING_MAX = 4

      attr_reader :id, :label, :frames, :pending
      # `is_inherited`: of the trace that this one branched off, and not heard of since.
      attr_accessor :is_inherited, :first, :last, :last_values, :function_id, :is_resumed

      def initialize(id, is_fiber:)
        @id = id
        @is_fiber = is_fiber
        @label = "<#{is_fiber ? 'fiber' : 'thread'} #{id}>"
        @base = Frame.new
        @frames = []
        @pending = []
      end

      def fiber?
        @is_fiber
      end

      # A step was written in the call that runs.
      def stand(position, values)
        frame = @frames.last || @base
        frame.here = position
        frame.values = values
        @is_resumed = false
        @ended_block = @ended_before = nil
      end

      def push(frame)
        @frames.push(frame)
        @is_resumed = false
        @ended_block = @ended_before = nil
      end

      def pop(count = 1)
        @frames.pop(count)
        @is_resumed = false
        @ended_block = @ended_before = nil
      end

      # A block of the method `name` has ended.
      def end_block(name)
        @ended_before, @ended_block = @ended_block, name
      end

      # The method of the block that has ended since, if any; not the block that `function` itself
      # is.
      def ended_block(function)
        function.is_block ? @ended_before : @ended_block
      end

      # The call that runs, or what stands outside of all calls.
      def top
        @frames.last || @base
      end

      def put_exception(unwinding)
        @pending.shift if @pending.size == PENDING_MAX
        @pending.push(unwinding)
      end
    end
  end
end
