# frozen_string_literal: true

# The instructions of one iseq with their places, and from where each can be come to.
#
# Used by expressions.rb. Read from InstructionSequence#to_a, whose labels are named by position.
module CodeTracer
  module Expressions
    Instruction = Struct.new(:position, :name, :operands, :node_id, :line, :next_position) do
      # Of a call: the method's name, the count of arguments, whether they stand on the stack one by
      # one (no VM_CALL_ARGS_SPLAT, no VM_CALL_ARGS_BLOCKARG).
      def call
        operands.find { |operand| operand.is_a?(Hash) && operand.key?(:orig_argc) } || {}
      end

      # VM_CALL_ARGS_BLOCKARG: `&block`
      def block_given_as_value?
        call[:flag].to_i.anybits?(2)
      end

      # The last argument is a list of more.
      def splat_call?
        (call[:flag].to_i & 3) == 1 && !call.key?(:kw_arg)
      end

      def plain_call?
        (call[:flag].to_i & 3).zero? && !call.key?(:kw_arg)
      end
    end

    class Instructions
      ENDS = %i[jump leave throw].freeze
      NOTHING = %i[nop putnil leave].freeze
      EVENT = /\ARUBY_EVENT_/.freeze

      EVENT_BIT = 1 << 31

      attr_reader :all, :size, :body_start, :block_id

      # Of a method, what is before `body_start` runs before its call begins; else that is 0.
      # `block_id` is the node of the block whose code this is, or nil.
      # `data` is what to_a has told.
      def initialize(data)
        @all, @events, @size, @body_start = [], {}, 0, 0
        @block_id = data[4][:node_id] if data[9] == :block
        read(data.last, data[4][:node_ids] || [])
        @sources = Hash.new { |hash, position| hash[position] = [] }
        @all.each { |each| targets(each).each { |target| @sources[target] << each } }
        @landings = landings(data[12])
      end

      # The position of each, with EVENT_BIT where an event of the VM is.
      def marked_positions
        @all.map { |each| each.position | (@events.include?(each.position) ? EVENT_BIT : 0) }
      end

      def at(position)
        @places ||= @all.to_h { |each| [each.position, each] }
        @places[position]
      end

      # Those of a node, in order.
      def of(node_id)
        @of_nodes ||= @all.group_by(&:node_id)
        @of_nodes.fetch(node_id, [])
      end

      # Those that may jump here.
      def sources(position)
        @sources.key?(position) ? @sources[position] : []
      end

      # Whether it does nothing but to come to nil.
      def empty?
        @all.all? { |each| NOTHING.include?(each.name) }
      end

      # Whether an exception that was rescued goes on here.
      def landing?(position)
        @landings.key?(position)
      end

      private

      def read(body, node_ids)
        line = 0
        has_event = false
        body.each do |item|
          case item
          when Integer then line = item
          when Array
            @events[@size] = true if has_event
            has_event = false
            add(item, node_ids[@all.size], line)
          else
            has_event ||= EVENT.match?(item.name)
            @body_start = @size if item == :RUBY_EVENT_CALL
          end
        end
      end

      def add(item, node_id, line)
        stop = @size + item.size
        @all << Instruction.new(@size, item[0], item.drop(1), node_id, line, stop)
        @size = stop
      end

      def targets(instruction)
        labels = instruction.operands.flatten.grep(Symbol)
        return [] unless jumps?(instruction.name)

        labels.map { |label| position_of(label) }.compact
      end

      def jumps?(name)
        name.start_with?("branch", "jump") || name == :opt_case_dispatch ||
          name == :opt_getinlinecache
      end

      def position_of(label)
        label.name[/\Alabel_(\d+)\z/, 1]&.to_i
      end

      def landings(table)
        table.reject { |entry| entry[0] == :break }.to_h { |entry| [position_of(entry[4]), true] }
      end
    end
  end
end
