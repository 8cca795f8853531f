# frozen_string_literal: true

# The methods that were called: their numbers in the trace, and what their bytecode tells.
#
# Used by Recorder at calls and returns. The bytecode answers what a TracePoint does not say:
# whether a return that gives nil is one, or an exception or a throw that passed through.
require_relative "block_jumps"
require_relative "call_ends"
require_relative "core"
require_relative "places"
require_relative "strand"
require_relative "text"

module CodeTracer
  module Pure
    class Functions
      TABLE_MAX = 5000 # owners; anonymous and singleton classes come and go
      INSTANCE_METHOD = Core.take(Module, :instance_method)
      # Ruby 2.7 tells neither their arguments nor what they return.
      SHOWS_METHOD_BLOCKS = (RUBY_VERSION.split(".").map(&:to_i) <=> [3, 0]) >= 0
      CALLS = %i[call b_call].freeze # their line is that of the definition
      DETAILS_INDEX = 4 # in the Array that an iseq becomes
      ISEQ = defined?(RubyVM::InstructionSequence) ? RubyVM::InstructionSequence : nil

      def initialize(trace, class_names)
        @trace = trace
        @class_names = class_names
        @owners = {}.compare_by_identity
        @bodies = {} # id → Function
        @body_blocks = {} # label → blocks in it
      end

      # Of a :call event in the file `path_id`; nil for a method that is not shown.
      def require(tracepoint, path_id)
        owner, called = tracepoint.defined_class, tracepoint.callee_id
        @owners.clear if @owners.size > TABLE_MAX
        known = (@owners[owner] ||= {})
        function = known[called]
        line = tracepoint.lineno
        function = known[called] = make(tracepoint, Position.new(path_id, line)) unless
          function && same?(function, path_id, line)
        function unless hidden?(function)
      end

      # Of a :class event: each body is a function, also of a class that is opened again.
      def body(tracepoint, path_id)
        label = Functions.body_label
        position = Position.new(path_id, tracepoint.lineno)
        name = label.start_with?("<") ? label : "<#{label}>"
        id = @trace.function_id(position, name)
        @bodies[id] ||= Function.new(id, position, tracepoint.path, label.to_sym)
      end

      # Of a block that Ruby calls; `handler` is a HandlerBlocks::Handler.
      def handler(tracepoint, path_id, handler)
        position = Position.new(path_id, tracepoint.lineno)
        name = handler.name.byteslice(0, HandlerBlocks::NAME_SIZE_MAX)
        id = @trace.function_id(position, name)
        function = Function.new(id, position, tracepoint.path, tracepoint.method_id)
        note_iseq(function, handler.iseq)
        function.kind, function.is_handler = :block, true
        function.jumps = BlockJumps.of_blocks([handler.iseq])
        function
      end

      # Of a block that is called as such; `iseqs` are those that it may be.
      def block(tracepoint, path_id, iseqs)
        method = tracepoint.method_id
        owner = method ? tracepoint.defined_class : Functions.body_label
        line = tracepoint.lineno
        known = (method ? @owners[owner] ||= {} : @body_blocks[owner] ||= {})
        known = (known[:blocks] ||= {})
        known[[method, path_id, line, iseqs.first]] ||=
          make_block(tracepoint, Position.new(path_id, line), owner, iseqs)
      end

      # Of a method in C, at each place that calls it; nil: of none of the classes that are
      # `wanted`.
      def c_method(tracepoint, position, wanted)
        owner, called = tracepoint.defined_class, tracepoint.callee_id
        known = ((@owners[owner] ||= {})[:c] ||= {})
        key = [called, position]
        known[key] = make_c_method(tracepoint, position, wanted) unless known.key?(key)
        known[key]
      end

      # What the innermost frame of the program is called.
      def self.body_label
        location = caller_locations(0).find { |frame| !Places.own?(frame) }
        location ? location.base_label : "class"
      end

      # Whether the method that returns is one whose calls are not shown.
      def hidden_method?(tracepoint)
        return false if SHOWS_METHOD_BLOCKS

        known = @owners[tracepoint.defined_class]
        function = known && known[tracepoint.callee_id]
        function ? hidden?(function) : false
      end

      # The iseq of the method that begins; of the one that a block begins in.
      def iseq_of(tracepoint)
        place = [tracepoint.path, tracepoint.lineno]
        find_iseq(tracepoint, tracepoint.callee_id) { |location| location == place }
      end

      def iseq_around(tracepoint)
        find_iseq(tracepoint, tracepoint.method_id) do |path, line|
          path == tracepoint.path && line <= tracepoint.lineno
        end
      end

      private

      # A module that is prepended hides the owner's own method behind its.
      def find_iseq(tracepoint, name)
        return unless ISEQ

        method = INSTANCE_METHOD.bind_call(tracepoint.defined_class, name)
        method = method.super_method until method.nil? || yield(method.source_location)
        method && ISEQ.of(method)
      rescue NameError, TypeError
        nil # a refinement's, or one that is gone already
      end

      def hidden?(function)
        function.is_block && !SHOWS_METHOD_BLOCKS
      end

      def same?(function, path_id, line)
        position = function.position
        position.line == line && position.path_id == path_id
      end

      def make(tracepoint, position)
        name = tracepoint.method_id
        text = name_of(tracepoint.defined_class, name, tracepoint.callee_id)
        id = @trace.function_id(position, text)
        function = Function.new(id, position, tracepoint.path, name)
        iseq = iseq_of(tracepoint)
        note_iseq(function, iseq) if iseq
        function
      end

      def make_c_method(tracepoint, position, wanted)
        name = name_of(tracepoint.defined_class, tracepoint.method_id, tracepoint.callee_id)
        return if wanted && wanted.none? { |one| name.start_with?("#{one}#", "#{one}.") }

        id = @trace.function_id(position, name)
        function = Function.new(id, position, tracepoint.path, tracepoint.method_id)
        function.kind = :c
        function
      end

      # `home` is a class, or what stands outside of methods is called.
      def make_block(tracepoint, position, home, iseqs)
        name = "<block in #{name_of_home(home, tracepoint.method_id)}>"
        id = @trace.function_id(position, name)
        function = Function.new(id, position, tracepoint.path, tracepoint.method_id)
        iseqs.each { |iseq| note_iseq(function, iseq) }
        function.kind, function.is_block = :block, true
        function.jumps = BlockJumps.of_blocks(iseqs) unless iseqs.empty?
        function
      end

      def name_of_home(home, method)
        return @class_names.method_name(home, method) if method
        return "<singleton class>" if home == "singleton class"

        home.start_with?("<class:", "<module:") ? home : "<top-level>"
      end

      def name_of(owner, name, called)
        text = @class_names.method_name(owner, called)
        called == name ? text : "#{text} (alias of #{Text.escape(name.to_s)})"
      end

      # Of several iseqs, all that is known of any.
      def note_iseq(function, iseq)
        function.iseq = iseq
        function.is_block = iseq.label.start_with?("block ")
        function.base_label = iseq.base_label
        ending = function.is_block ? :b_return : :return
        points = iseq.trace_points
        add(function, :lines, points.reject { |_, event| CALLS.include?(event) }.map(&:first))
        add(function, :return_lines, points.select { |_, event| event == ending }.map(&:first))
        add(function, :clause_lines, [])
        add(function, :ensure_lines, [])
        note_nodes(function, iseq.to_a) if CallEnds::NODE_ID
        iseq.each_child { |child| note_child(function, child) }
      end

      def add(function, field, values)
        function[field] = (function[field] || []) + values
      end

      def note_child(function, iseq)
        return note_inner(function, iseq) unless iseq.label.start_with?("rescue ", "ensure ")

        function.has_rescue ||= iseq.label.start_with?("rescue ")
        function.clause_lines.concat(note_clause(function, iseq))
      end

      # The clauses of blocks and of clauses.
      def note_inner(function, iseq)
        iseq.each_child do |child|
          case child.label
          when /\A(rescue|ensure) / then note_clause(function, child)
          when /\Ablock / then note_inner(function, child)
          end
        end
      end

      # Its lines.
      def note_clause(function, iseq)
        lines = iseq.trace_points.map(&:first)
        function.blank_line = iseq.first_lineno if lines.include?(0)
        function.ensure_lines.concat(lines) if iseq.label.start_with?("ensure ")
        note_inner(function, iseq)
        lines
      end

      # The syntax nodes of the returns, and of all other instructions.
      def note_nodes(function, array)
        ids = array[DETAILS_INDEX][:node_ids]
        returns = return_indexes(array.last)
        at_return, elsewhere = ids.each_with_index.partition { |_, index| returns[index] }
        add(function, :return_nodes, at_return.map(&:first))
        add(function, :other_nodes, elsewhere.map(&:first))
      end

      # By the number of the instruction.
      def return_indexes(body)
        count = -1
        body.each_with_object({}) do |element, found|
          count += 1 if Array === element
          found[count] = true if Array === element && element.first == :leave
        end
      end
    end
  end
end
