# frozen_string_literal: true

# The blocks that Ruby calls from outside of the program's flow: at_exit, END, trap, finalizers.
#
# Made by Recording, told by the replaced methods, and by Recorder of an `END` in a script. Each
# block that is noted gets a TracePoint of its own. Mirrors ext/codetracer_recorder/handler_block.c.
require_relative "core"
require_relative "places"

module CodeTracer
  module Pure
    class HandlerBlocks
      ISEQ = defined?(RubyVM::InstructionSequence) ? RubyVM::InstructionSequence : nil
      # Ruby 2.7 forgets a block's lines when its calls are listened to.
      IS_POSSIBLE = (RUBY_VERSION.split(".").map(&:to_i) <=> [3, 0]) >= 0
      ROLES_MAX = 4 # that are named: one block may handle many signals
      NAME_SIZE_MAX = 126 # bytes
      POSTEXE = :"core#set_postexe" # what `END { ... }` calls

      # What is known of one block. `function` is made at its first call; `label` is that of its
      # frames, which is not always the iseq's.
      Handler = Struct.new(:iseq, :roles, :tracepoint, :function, :label) do
        def name
          shown = roles.take(ROLES_MAX).join(", ")
          "<#{shown}#{', …' if roles.size > ROLES_MAX}>"
        end

        # Whether the innermost frame of the program is its own, not that of a block in it: it is
        # called before those are.
        def runs?(location, event)
          self.label ||= location.label if event.lineno == iseq.first_lineno
          location.label == label
        end
      end

      # `is_passive`: BlockFrames asks for them, they have no TracePoints.
      def initialize(recorder, places, is_passive)
        @recorder, @places, @is_passive = recorder, places, is_passive
        @handlers = {}.compare_by_identity # iseq → Handler
        @is_enabled = false
      end

      # `code` is what a program gave: anything.
      def note(code, role)
        return unless Core::INSTANCE_OF.bind_call(Proc, code)

        iseq = ISEQ.of(code)
        note_iseq(iseq, role) if iseq && iseq.label.start_with?("block ")
      end

      def note_trap(signal, code)
        name = Integer === signal ? Signal.signame(signal) : signal
        name = Symbol === name ? Core::SYMBOL_TEXT.bind_call(name) : name
        note(code, String === name ? "trap #{name.delete_prefix('SIG')}" : "trap")
      end

      # The blocks of `END` in a script.
      def note_script(iseq)
        iseq.each_child do |child|
          note_script(child)
          next unless postexe?(child)

          child.each_child { |block| note_iseq(block, "END") }
        end
      end

      def enable
        return if @is_passive

        @is_enabled = true
        @handlers.each_value { |handler| handler.tracepoint.enable(target: handler.iseq) }
      end

      def disable
        return if @is_passive

        @is_enabled = false
        @handlers.each_value { |handler| handler.tracepoint.disable }
      end

      # That of one of these blocks.
      def of(iseqs)
        iseqs.each do |iseq|
          handler = @handlers[iseq]
          return handler if handler
        end
        nil
      end

      # Whether it is the block that gives the one of an `END` to Ruby.
      def postexe?(iseq)
        iseq.label.start_with?("block ") && iseq.to_a.last.any? do |instruction|
          Array === instruction && Hash === instruction[1] && instruction[1][:mid] == POSTEXE
        end
      end

      private

      def note_iseq(iseq, role)
        return unless IS_POSSIBLE

        handler = @handlers[iseq]
        return add(handler, role) if handler

        handler = @handlers[iseq] = Handler.new(iseq, [role])
        return if @is_passive

        handler.tracepoint = TracePoint.new(:b_call, :b_return) { |event| happen(handler, event) }
        handler.tracepoint.enable(target: iseq) if @is_enabled
      end

      def add(handler, role)
        return if handler.roles.include?(role) || handler.roles.size > ROLES_MAX

        handler.roles << role
        handler.function = nil
      end

      def happen(handler, event)
        path_id = @places.find(event)
        return unless path_id && handler.runs?(frame_here, event)

        if event.event == :b_call
          @recorder.handler_call(event, path_id, handler)
        else
          @recorder.handler_return(event, path_id, handler)
        end
      end

      def frame_here
        caller_locations(2).find { |location| !Places.own?(location) }
      end
    end
  end
end
