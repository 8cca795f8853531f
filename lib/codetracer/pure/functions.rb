# frozen_string_literal: true

# The methods that were called: their numbers in the trace, and what their bytecode tells.
#
# Used by Recorder at calls and returns. The bytecode answers what a TracePoint does not say:
# whether a return that gives nil is one, or an exception or a throw that passed through.
require_relative "core"
require_relative "strand"

module CodeTracer
  module Pure
    class Functions
      TABLE_MAX = 5000 # owners; anonymous and singleton classes come and go
      INSTANCE_METHOD = Core.take(Module, :instance_method)
      ISEQ = defined?(RubyVM::InstructionSequence) ? RubyVM::InstructionSequence : nil

      def initialize(trace, class_names)
        @trace = trace
        @class_names = class_names
        @owners = {}.compare_by_identity
      end

      # Of a :call event in the file `path_id`.
      def require(tracepoint, path_id)
        owner, name = tracepoint.defined_class, tracepoint.method_id
        @owners.clear if @owners.size > TABLE_MAX
        known = (@owners[owner] ||= {})
        function = known[name]
        line = tracepoint.lineno
        return function if function && same?(function, path_id, line)

        known[name] = make(tracepoint, Position.new(path_id, line))
      end

      # Whether the method is one by define_method, a block to the VM: it has no call in the trace.
      def block?(tracepoint)
        known = @owners[tracepoint.defined_class]
        function = known && known[tracepoint.method_id]
        function ? function.is_block : false
      end

      private

      def same?(function, path_id, line)
        position = function.position
        position.line == line && position.path_id == path_id
      end

      def make(tracepoint, position)
        owner, name = tracepoint.defined_class, tracepoint.method_id
        text = @class_names.method_name(owner, name)
        id = @trace.function_id(position.path_id, position.line, text)
        function = Function.new(id, position, tracepoint.path, name)
        iseq = iseq_of(tracepoint)
        note_iseq(function, iseq) if iseq
        function
      end

      # A module that is prepended hides the owner's own method behind its.
      def iseq_of(tracepoint)
        return unless ISEQ

        place = [tracepoint.path, tracepoint.lineno]
        method = INSTANCE_METHOD.bind_call(tracepoint.defined_class, tracepoint.method_id)
        method = method.super_method while method && method.source_location != place
        method && ISEQ.of(method)
      rescue NameError, TypeError
        nil # a refinement's, or one that is gone already
      end

      def note_iseq(function, iseq)
        function.iseq = iseq
        function.is_block = iseq.label.start_with?("block ")
        points = iseq.trace_points
        function.return_lines = points.select { |_, event| event == :return }.map(&:first)
        function.clause_lines = []
        iseq.each_child { |child| note_clause(function, child) }
      end

      # A `rescue` or `ensure`.
      def note_clause(function, iseq)
        return unless iseq.label.start_with?("rescue ", "ensure ")

        function.has_rescue ||= iseq.label.start_with?("rescue ")
        function.clause_lines.concat(iseq.trace_points.map(&:first))
      end
    end
  end
end
