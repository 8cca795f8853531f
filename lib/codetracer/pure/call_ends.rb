# frozen_string_literal: true

# How a call ended whose return event has no value: it returned nil, or something passed through.
#
# Used by Recorder. Mirrors ext/codetracer_recorder/call_end.c with what Ruby tells: exceptions and
# throws on their way, how the last block ended, and the lines (from Ruby 3.2 on the places in a
# line) where a method can return. Where that does not tell it from a return, nil is shown.
require_relative "block_ends"
require_relative "core"
require_relative "unwindings"

module CodeTracer
  module Pure
    class CallEnds
      include BlockEnds

      BREAK = "left by break"
      BLOCK_RETURN = "left by a return from a block"
      THREAD_END = "left by the end of its thread"
      LEFT = "left by throw, break or the end of its thread"
      TREE = defined?(RubyVM::AbstractSyntaxTree) ? RubyVM::AbstractSyntaxTree : nil
      NODE_ID = TREE.respond_to?(:node_id_for_backtrace_location) ?
        TREE.method(:node_id_for_backtrace_location) : nil
      RAISED = "left by the exception that it raises"
      # Methods in C that return before the exception which they raise is on its way.
      RAISERS = { raise: Kernel, fail: Kernel, method_missing: BasicObject,
                  const_missing: Module }.freeze
      # Methods in C that return what code has come to which is shown itself.
      EVALUATORS = %i[eval instance_eval instance_exec class_eval class_exec tap then].freeze
      UNTOLD = "not captured: the value of a return from a block"
      OWN_FRAMES_MAX = 20
      OWN_FILES = File.join(__dir__, "")

      # How the last block of a strand ended: `kind` is :break, :return, or nil for neither; not
      # `is_sure` when it may also have ended in order.
      EndedBlock = Struct.new(:method_name, :kind, :is_sure)

      # Yields the Unwindings that a call has rescued by returning in order.
      def initialize(unwindings, block_jumps, values, &rescued)
        @rescued = rescued
        @unwindings = unwindings
        @block_jumps = block_jumps
        @values = values
      end

      # A block has ended; those that its jump passes through do not hide that.
      def note_block(strand, tracepoint)
        return if strand.ended_block && strand.ended_block.is_sure

        strand.ended_before = strand.ended_block
        strand.ended_block = block_end(tracepoint)
      end

      # Code runs again. In an ensure, the jump that runs it will go on.
      def note_line(strand, line)
        ended = strand.ended_block
        return if ended.nil?

        function = strand.top.function
        return if ended.is_sure && function && !own_block?(strand, ended) &&
                  function.ensure_lines && function.ensure_lines.include?(line)

        strand.ended_block = nil
      end

      # What the return shows of the innermost call: its value, or why it did not come to one. By
      # `name` filters know what it returns; nil: it is nothing that has one.
      def result(strand, tracepoint, name = tracepoint.method_id)
        value = tracepoint.return_value
        ending = find(strand, tracepoint) if nil.equal?(value)
        return unwound(strand, ending) if ending

        is_untold = nil.equal?(value) && untold?(strand)
        @rescued.call(@unwindings.forget(strand))
        strand.ended_block = nil
        return @values.encode_error("Absent", UNTOLD) if is_untold

        name ? @values.encode_return(value, name) : @values.encode(value)
      end

      # The same of a method in C. That `raise` ends is told before what it raises; which tag a
      # `catch` has is not told.
      def c_result(strand, frame, tracepoint)
        value, name = tracepoint.return_value, tracepoint.method_id
        return @values.encode_error("Unwound", RAISED) if raises?(tracepoint)

        ending = passing(strand) || sure_end(strand) if nil.equal?(value) && !catch?(tracepoint)
        return unwound(strand, ending) if ending

        @rescued.call(@unwindings.forget(strand))
        strand.ended_block = nil unless nil.equal?(value)
        return @values.encode_hidden(value, ValueFilter::REDACT) if
          !EVALUATORS.include?(name) && hidden?(frame, tracepoint, value)

        @values.encode_return(value, name)
      end

      # The same of a class body: nil when it ends in order, which it does on a line of its own, or
      # all of it is on one line.
      def body_result(strand, line)
        frame = strand.frames.last
        is_left = frame.here && frame.here.line == line && frame.function.position.line != line
        is_known = is_left || frame.here.nil? || Hooks::HAS_RESCUE
        ending = passing_perhaps(strand, line) if is_known
        return unwound(strand, ending) if ending
        return @values.encode_error("Unwound", LEFT) if is_left

        @rescued.call(@unwindings.forget(strand))
        nil
      end

      # That an exception ended it.
      def ended_by(unwinding)
        words = @values.filter.mask_again("unwound by #{unwinding.text}")
        @values.encode_error(unwinding.class_name, Text.escape(words))
      end

      private

      # `ending` is an Unwinding, or words.
      def unwound(strand, ending)
        if String === ending
          @unwindings.forget(strand)
          return @values.encode_error("Unwound", ending)
        end
        @unwindings.pass(strand, ending)
        return ended_by(ending) if ending.tag.nil?

        @values.encode_error("Unwound", Text.escape(ending.text))
      end

      # An Unwinding, a text, or nil when it is a return.
      def find(strand, tracepoint)
        line = tracepoint.lineno
        case leaves?(strand.top.function, line)
        when true then nil
        when false then passing(strand) || jump(strand) || other(strand)
        else passing_perhaps(strand, line) || sure_jump(strand)
        end
      end

      def raises?(tracepoint)
        RAISERS[tracepoint.method_id].equal?(tracepoint.defined_class)
      end

      # Whether it is what a Hash or object holds under a secret's name.
      def hidden?(frame, tracepoint, value)
        hidden = frame.hidden + @values.filter.hidden_in(tracepoint.self)
        hidden.any? { |one| Core::EQUAL.bind_call(one, value) }
      end

      def catch?(tracepoint)
        tracepoint.method_id == :catch && Kernel.equal?(tracepoint.defined_class)
      end

      def sure_end(strand)
        ended = strand.ended_block
        { break: BREAK, return: BLOCK_RETURN }[ended.kind] if ended && ended.is_sure
      end

      # Whether nil is not what the method returned: a `return` in a block of it gave its value to C
      # code, and the VM does not tell it.
      def untold?(strand)
        ended = strand.ended_block
        ended && ended.kind == :return && own_block?(strand, ended) && called_by_c?
      end

      def block_end(tracepoint)
        path, line = tracepoint.path, tracepoint.lineno
        kinds = @block_jumps.kinds(path, line)
        kind = kinds.first if kinds.size == 1
        EndedBlock.new(tracepoint.method_id, kind, kind && !@block_jumps.leaves?(path, line))
      end

      # Whether the method ran its own return; nil when that cannot be told.
      def leaves?(function, line)
        lines = function.return_lines
        return if lines.nil?
        return false unless lines.include?(line)
        return if NODE_ID.nil? || function.return_nodes.nil?

        node = node_here
        return false unless function.return_nodes.include?(node)

        true unless function.other_nodes.include?(node)
      end

      # Whether C code waits for the method: a C function has the line of the code that called it.
      def called_by_c?
        _, caller, next_caller = frames_here(3)
        caller && next_caller && caller.lineno == next_caller.lineno &&
          caller.path == next_caller.path
      end

      # The innermost frames of the program, at least `count` if there are.
      def frames_here(count)
        caller_locations(2, count + OWN_FRAMES_MAX)
          .drop_while { |location| location.path.start_with?(OWN_FILES) }
      end

      # Which part of its line the frame stands at that the event is about.
      def node_here
        here = frames_here(1).first
        here && NODE_ID.call(here) || -1
      end

      # The exception or throw that ends the strand's innermost call.
      def passing(strand)
        unwinding = strand.pending.last
        unwinding unless
          unwinding.nil? || unwinding.depth < strand.frames.size || unwinding.is_rescued
      end

      def passing_perhaps(strand, line)
        function = strand.top.function
        lines = function.return_lines
        passing(strand) unless function.has_rescue && lines && lines.include?(line)
      end

      def jump(strand)
        ended = strand.ended_block
        return if ended.nil? || own_block?(strand, ended)

        { break: BREAK, return: BLOCK_RETURN }[ended.kind]
      end

      def sure_jump(strand)
        jump(strand) if strand.ended_block && strand.ended_block.is_sure
      end

      # A `return` in a block of the method, or in one of its clauses.
      def own_block?(strand, ended)
        ended.method_name == strand.top.function.method_name
      end

      def other(strand)
        return THREAD_END if Thread.current.status == "aborting"

        frame, ended = strand.top, strand.ended_block
        return if ended && own_block?(strand, ended)
        return if frame.here && frame.function.clause_lines.include?(frame.here.line)

        LEFT
      end
    end
  end
end
