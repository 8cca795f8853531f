# frozen_string_literal: true

# The hooks on JRuby, whose TracePoint says less: no script, no rescue, no value of a return, and no
# return at all of a call that an exception ends.
#
# Used in the place of Hooks there. doc/design/pure-rubies.md lists what was found. Arguments are
# not assigned yet at :call, so a call is recorded at the next event of its thread. Calls that ended
# unseen are told by the depth of the stack.
require_relative "core"
require_relative "hooks"

module CodeTracer
  module Pure
    class JrubyHooks < Hooks
      METHOD = Core.take(Kernel, :method)
      ABSENT = "not captured: JRuby does not tell what a method returns"

      # A TracePoint's answers, kept and completed.
      Event = Struct.new(:path, :lineno, :method_id, :callee_id, :defined_class, :parameters,
                         :binding, :self)

      Deferred = Struct.new(:event, :path_id, :depth)

      def initialize(*)
        super
        @deferred = {}.compare_by_identity # thread → Deferred
      end

      private

      def make_tracepoints
        [line, call, return_event, body, body_end, raised, block_return, thread_end]
      end

      def script_in_pause; end

      def line
        TracePoint.new(:line) do |event|
          path_id = @places.find(event)
          if path_id
            come_to(caller(1).size)
            @output.look_at_streams
            @recorder.line(event, path_id)
          end
        end
      end

      def call
        TracePoint.new(:call) do |event|
          path_id = @places.find(event)
          if path_id
            depth = caller(1).size
            come_to(depth - 1)
            @deferred[Thread.current] = Deferred.new(complete(event), path_id, depth)
          end
        end
      end

      def return_event
        TracePoint.new(:return) do |event|
          path_id = @places.find(event)
          if path_id
            come_to(caller(1).size)
            @recorder.return(complete(event), path_id, ABSENT)
          end
        end
      end

      def body
        TracePoint.new(:class) do |event|
          path_id = @places.find(event)
          if path_id
            depth = caller(1).size
            come_to(depth - 1)
            @recorder.body(event, path_id, depth)
          end
        end
      end

      def body_end
        TracePoint.new(:end) do |event|
          path_id = @places.find(event)
          if path_id
            come_to(caller(1).size)
            @recorder.body_end(event, path_id)
          end
        end
      end

      def raise_event(event)
        come_to(caller(1).size)
        super
      end

      # Before an event at `depth` of the stack: the call that waits is recorded, those that are
      # gone are ended.
      def come_to(depth)
        waiting = @deferred.delete(Thread.current)
        @recorder.call(waiting.event, waiting.path_id, waiting.depth) if waiting
        @recorder.drop_deeper(depth)
      end

      def complete(event)
        method = method_of(event)
        Event.new(event.path, event.lineno, event.method_id, event.method_id,
                  method && method.owner, method ? method.parameters : [], event.binding,
                  event.self)
      end

      # The method of that name which the event's line belongs to.
      def method_of(event)
        method = METHOD.bind_call(event.self, event.method_id)
        method = method.super_method while method && foreign?(method, event)
        method
      rescue NameError
        nil
      end

      def foreign?(method, event)
        file, line = method.source_location
        file != event.path || line.nil? || line > event.lineno
      end
    end
  end
end
