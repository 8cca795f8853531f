# frozen_string_literal: true

# A thread or fiber: its calls that are open, where it was last, exceptions on their way through it.
#
# Made by StrandTable, used by Recorder (what happened) and Timeline (how it is shown). Mirrors
# ext/codetracer_recorder/strand_table.h and struct ct_timeline_strand.
module CodeTracer
  module Pure
    # A place that a step can stand at: a file's id and a line, as Ruby calls it. Of a text that
    # stands on a page with others (EvalPages) the id says how many lines are before it.
    Position = Struct.new(:path_id, :line) do
      def self.shifted(file_id, line_count)
        line_count << self::LINE_COUNT_SHIFT | file_id
      end

      # The file's id in the trace.
      def file_id
        path_id & self.class::FILE_MASK
      end

      # The line in that file. Those of a trace begin with 1; eval may be told of one before.
      def file_line
        (line < 1 ? 1 : line) + (path_id >> self.class::LINE_COUNT_SHIFT)
      end

      # The event that says so.
      def step
        @step ||= ",\n{\"Step\":{\"path_id\":#{Text.decimal(file_id)},"\
                  "\"line\":#{Text.decimal(file_line)}}}"
      end
    end
    Position::LINE_COUNT_SHIFT = 32
    Position::FILE_MASK = (1 << Position::LINE_COUNT_SHIFT) - 1

    # Each place once: a step costs no text of its own.
    class Positions
      def initialize
        @lines = [] # by the file's id: line → Position
      end

      # hot
      def of(path_id, line)
        return Position.new(path_id, line) if path_id > Position::FILE_MASK # one of many

        known = @lines[path_id] ||= Table.new
        known.get(line) || known.put(line, Position.new(path_id, line))
      end
    end

    # What is known of one method: its number and definition, and what its iseq tells (Functions).
    # `kind` is :block of a block that is called as such, :c of a method in C, else nil.
    Function = Struct.new(:id, :position, :path, :method_name, :is_block, :return_lines,
                          :has_rescue, :clause_lines, :ensure_lines,
                          :return_nodes, :other_nodes, :lines, :blank_line, :iseq, :base_label,
                          :kind, :is_handler, :jumps) do
      # Whether a line is the method's own, asked only where it has clauses.
      def own?(line)
        !clause_lines.nil? && !clause_lines.empty? && lines.include?(line)
      end

      # Whether the VM gives this line for code that is on none: a clause that is nothing but a
      # constant, or what lies behind a clause.
      def blank?(line)
        (line == blank_line || line == position.line) && !lines.nil? && !lines.include?(line)
      end

      def names?(name, file)
        kind.nil? && method_name == name && path == file
      end
    end

    # An open call. `here` and `values` are its last step's; `own_line` is the last of the method
    # itself, not of a block that it called; `depth` is the stack's (JrubyHooks); `is_gone`: it
    # ended while hooks were off. Of a method in C: `callee` is whose it is, `hidden` are values
    # that it may not be seen to return, `nested_count` says how often it has called itself.
    Frame = Struct.new(:function, :args, :here, :values, :is_in_rescue, :depth, :is_gone,
                       :own_line, :callee, :hidden, :nested_count)

    # An exception on its way, or a throw (`tag` is an Array that holds it): `depth` is the number
    # of calls open where it is.
    Unwinding = Struct.new(:exception, :class_name, :text, :depth, :is_unreported, :is_in_ensure,
                           :is_rescued, :tag, :detail)

    class Strand
      PENDING_MAX = 4
      # A value of a variable, see Values.
      REDACTED = "\"value\":{\"kind\":\"Error\",\"msg\":\"<redacted>\""

      attr_reader :id, :label, :frames, :pending
      # What the thread is called, or nil.
      attr_reader :name
      # `is_inherited`: of the trace that this one branched off, and not heard of since.
      # Events of it that wait: a HeldEvents, or nil.
      attr_accessor :held
      attr_accessor :is_inherited, :silent, :first, :last, :last_values, :function_id, :is_resumed,
                    :ended_block, :ended_before, :is_at_method_block
      # Of CallDepth: how many calls are left out, one in the other; the frame of the first;
      # whether there was an exception since.
      attr_accessor :left_out_count, :left_out_frame, :is_left_out_doubtful

      def initialize(id, is_fiber:)
        @id = id
        @is_fiber = is_fiber
        self.name = nil
        @base = Frame.new
        @frames = []
        @pending = []
        @left_out_count = 0
      end

      # Slices that come call a function of that name.
      def name=(name)
        @name = name
        @label = "<#{@is_fiber ? 'fiber' : 'thread'} #{name ? "\"#{name}\"" : Text.decimal(@id)}>"
        @function_id = nil
      end

      def fiber?
        @is_fiber
      end

      # A step was written in the call that runs.
      def stand(position, values)
        frame = @frames.last || @base
        frame.here = position
        frame.values = values
        frame.own_line = position.line if frame.function && frame.function.own?(position.line)
        @is_resumed = false
      end

      # Whether the block that begins is a method whose call was the last event. Asked once.
      def method_block?
        is_one, @is_at_method_block = @is_at_method_block, false
        is_one
      end

      def push(frame)
        @frames.push(frame)
        @is_resumed = false
        @ended_block = @ended_before = nil
      end

      def pop(count = 1)
        @frames.pop(count)
        @is_resumed = false
      end

      # Whether a method in C is among the open calls.
      def c_call?
        @frames.any? { |frame| frame.function.kind == :c }
      end

      # The call that runs, or what stands outside of all calls.
      def top
        @frames.last || @base
      end

      # Whether its last step shows a variable as redacted.
      def redacts_some?
        text = top.values
        !text.nil? && text.include?(REDACTED)
      end

      # Whether the line event is that of a clause without a line.
      def blank_clause?(line)
        frame = @frames.last
        function = frame && frame.function
        function && function.blank_line && function.blank?(line)
      end

      # Where the innermost call is left: the VM's line, if it has one there.
      def return_line(line)
        top.own_line && top.function.blank?(line) ? top.own_line : line
      end

      def put_exception(unwinding)
        @pending.shift if @pending.size == PENDING_MAX
        @pending.push(unwinding)
      end
    end
  end
end
