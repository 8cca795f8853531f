# frozen_string_literal: true

# What calls and returns mean: of methods, of blocks that are methods, of class bodies.
#
# Part of Recorder. Mirrors the calls of ext/codetracer_recorder/event_hook.c.
module CodeTracer
  module Pure
    module CallEvents
      # `depth` is how deep the stack is, where that is needed to find the call's end.
      def call(tracepoint, path_id, depth = nil)
        recorded(tracepoint, path_id) do |strand|
          function = @functions.require(tracepoint, path_id)
          next if function.nil? || @open_calls.retry?(strand, function)
          next if @depth.leaves_out?(strand)

          begin_call(strand, function, @locals.arguments(tracepoint), depth)
          strand.is_at_method_block = function.is_block
        end
      end

      # `absent`: why there is no value.
      def return(tracepoint, path_id, absent = nil)
        recorded(tracepoint, path_id) do |strand|
          next if @functions.hidden_method?(tracepoint) || @depth.left_out?(strand)
          next unless @open_calls.find(strand, tracepoint)

          result = absent ? @values.encode_error("Absent", absent) : nil
          end_call(strand, tracepoint, path_id) { result || @call_ends.result(strand, tracepoint) }
        end
      end

      # A class, module or singleton class body begins; `depth` as of `call`.
      def body(tracepoint, path_id, depth = nil)
        recorded(tracepoint, path_id) do |strand|
          function = @functions.body(tracepoint, path_id)
          next if @open_calls.retry?(strand, function) || @depth.leaves_out?(strand)

          begin_call(strand, function, @locals.self_argument(tracepoint), depth)
        end
      end

      # It ends, perhaps by an exception.
      def body_end(tracepoint, path_id)
        recorded(tracepoint, path_id) do |strand|
          next if @depth.left_out?(strand) || !@open_calls.find_body(strand, tracepoint.path)

          end_call(strand, tracepoint, path_id) do
            @call_ends.body_result(strand, tracepoint.lineno)
          end
        end
      end

      # A block begins that Ruby calls from outside; `handler` is a HandlerBlocks::Handler.
      def handler_call(tracepoint, path_id, handler)
        recorded(tracepoint, path_id) do |strand|
          next if @depth.leaves_out?(strand)

          function = handler_function(tracepoint, path_id, handler)
          begin_call(strand, function, @locals.arguments(tracepoint))
        end
      end

      def handler_return(tracepoint, path_id, handler)
        recorded(tracepoint, path_id) do |strand|
          next if @depth.left_out?(strand)
          next unless @open_calls.find_function(strand, handler.function)

          end_call(strand, tracepoint, path_id) { @call_ends.result(strand, tracepoint, nil) }
        end
      end

      # A method in C is called at this location; yields whether recorded code itself calls it.
      # `wanted`: of which classes alone, or nil; BorderCalls::WANTED: it is in Ruby and skipped.
      def c_call(tracepoint, path_id, location, wanted)
        return if @lock.held_here? || !@strands.known_here?

        policy = @filter.policy_of_caller(path_id, location.base_label)
        return unless policy.is_traced

        exclusively(policy) do |strand|
          error = $!
          note_error(strand, error) if error
          next @open_calls.note_unseen(strand, tracepoint) if @depth.full?(strand)
          next @open_calls.note_nested(strand, tracepoint) unless yield(strand)

          @unwindings.reach_clause(strand, error)

          is_border = wanted == BorderCalls::WANTED
          function = @functions.c_method(tracepoint, Position.new(path_id, location.lineno),
                                         is_border ? nil : wanted)
          next if function.nil?

          begin_call(strand, function, is_border ? @locals.arguments(tracepoint)
                                                 : @locals.self_argument(tracepoint))
          strand.top.callee = tracepoint.self
          strand.top.hidden = is_border ? [] : @filter.hidden_in(tracepoint.self)
        end
      end

      def c_return(tracepoint)
        return if @lock.held_here?

        strand = @strands.here? ? @strands.current : @strands.known
        return unless strand && strand.c_call?

        exclusively do |one|
          frame = @open_calls.find_c_call(one, tracepoint)
          end_c_call(one, frame, tracepoint) if Frame === frame
        end
      end

      # The stack is no deeper than `depth`: calls that were are gone.
      def drop_deeper(depth)
        frame = @strands.here? ? @strands.current.frames.last : nil
        return if frame.nil? || frame.depth <= depth

        exclusively { |strand| @open_calls.drop_deeper(strand, depth) }
      end

      # No event will come of the running fiber that shows that the one before it has ended.
      def settle
        exclusively { nil } if @strands.known_here?
      end

      # A block has ended.
      def block_return(tracepoint)
        @call_ends.note_block(@strands.current, tracepoint) if @strands.here?
      end

      # With --block-frames: any block begins.
      def block_call(tracepoint, path_id)
        recorded(tracepoint, path_id) do |strand|
          next if strand.method_block?

          block = @block_frames.find(tracepoint) { @functions.iseq_around(tracepoint) }
          next if block.nil?

          function = block.handler ? handler_function(tracepoint, path_id, block.handler)
                                   : @functions.block(tracepoint, path_id, block.iseqs)
          next if @open_calls.again?(strand, function) || @depth.leaves_out?(strand)

          begin_call(strand, function, @locals.arguments(tracepoint))
        end
      end

      # It ends.
      def block_end(tracepoint, path_id)
        recorded(tracepoint, path_id) do |strand|
          next if @depth.left_out?(strand) || !@open_calls.find_block(strand, tracepoint)

          end_call(strand, tracepoint, path_id) { @call_ends.block_result(strand, tracepoint) }
        end
      end

      private

      # As `exclusively`, unless a filter skips the code.
      def recorded(tracepoint, path_id)
        policy = @filter.policy_of(path_id, tracepoint)
        return unless policy.is_traced

        exclusively(policy) { |strand| yield(strand) }
      end

      def handler_function(tracepoint, path_id, handler)
        handler.function ||= @functions.handler(tracepoint, path_id, handler)
      end

      def begin_call(strand, function, args, depth = nil)
        @uncaught.hold?(strand)
        @timeline.call(function, args)
        @timeline.commit
        strand.push(Frame.new(function, args, nil, nil, false, depth))
      end

      def end_c_call(strand, frame, tracepoint)
        position = frame.function.position
        @filter.policy = @filter.policy_of(position.path_id, nil)
        values = @locals.own(tracepoint)
        passing = @watched.changes(tracepoint.self)
        count = @filter.learnt_count
        result = @call_ends.c_result(strand, frame, tracepoint)
        values = @locals.own(tracepoint) if @filter.learnt_count != count
        @timeline.return_from(position, values, passing, result)
        @timeline.commit
        strand.pop
      end

      # Yields for what it returns, once the variables are shown.
      def end_call(strand, tracepoint, path_id)
        position = @positions.of(path_id, strand.return_line(tracepoint.lineno))
        mark = @watched.mark
        values, passing = shown(tracepoint)
        count = @filter.learnt_count
        result = yield
        values, passing = shown_anew(tracepoint, mark) if @filter.learnt_count != count
        @timeline.return_from(position, values, passing, result)
        @timeline.commit
        strand.pop
      end

      # The variables, and the watched ones that changed. hot
      def shown(tracepoint)
        values = @locals.all(tracepoint)
        mark, count = @watched.mark, @filter.learnt_count
        passing = @watched.changes(tracepoint.self)
        return shown_anew(tracepoint, mark) if @filter.learnt_count != count

        [values, passing]
      end

      # When a secret was learnt behind them.
      def shown_anew(tracepoint, mark)
        @watched.restore(mark)
        [@locals.all(tracepoint), @watched.changes(tracepoint.self)]
      end
    end
  end
end
