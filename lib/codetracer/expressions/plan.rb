# frozen_string_literal: true

# Which values stand on the stack of one iseq, before which instruction, and whose they are.
#
# Made once, when a script is loaded, for the extension's hook, which only looks up positions. What
# an instruction leaves is its node's value, seen before the next instruction. Where code comes
# together (`a && b`) the way there tells which nodes have the value: the position that was seen
# before in the same frame.
require_relative "instructions"

module CodeTracer
  module Expressions
    # What is seen before the instruction at `position`, when the one at `from` was seen before it
    # (ANYWHERE: always). `value`, `receiver` and `argument` count from the stack's top, 1 the top
    # itself; 0: there is none, SELF: the frame's self.
    # `argument_count` arguments stand there, the first deepest.
    Sighting = Struct.new(:position, :from, :node, :target, :value, :receiver, :argument,
                          :argument_count)

    class Plan
      ANYWHERE = 0xFFFFFFFF
      SELF = 255

      # Instructions that leave one value, by the kind of node whose value it is.
      LEAVES = {
        call: %i[send sendforward opt_send_without_block invokesuper invokesuperforward invokeblock
                 opt_plus opt_minus opt_mult opt_div opt_mod opt_eq opt_neq opt_lt opt_le opt_gt
                 opt_ge opt_ltlt opt_and opt_or opt_aref opt_aref_with opt_length opt_size
                 opt_empty_p opt_succ opt_not opt_regexpmatch2 opt_nil_p opt_str_freeze
                 opt_str_uminus opt_ary_freeze opt_hash_freeze opt_newarray_max opt_newarray_min
                 opt_newarray_send opt_duparray_send],
        match: %i[opt_regexpmatch2 send opt_send_without_block],
        read: %i[getinstancevariable getclassvariable getglobal getspecial opt_getconstant_path
                 opt_setinlinecache],
        text: %i[concatstrings intern toregexp opt_send_without_block once],
        list: %i[newarray newhash newrange],
        defined: %i[defined definedivar]
      }.each_with_object(Hash.new { |hash, name| hash[name] = [] }) do |(kind, names), all|
        names.each { |name| all[name] << kind }
      end.freeze

      # Others that leave one.
      PUSHES = /\A(?:getlocal|getblockparam|put|dup)/.freeze

      # Names by which a call may be written otherwise than by its own.
      UNWRITTEN = %i[call lambda].freeze
      MUTATORS = %i[<< push append unshift prepend insert concat delete delete_at add add? store
                    merge! update replace instance_variable_set class_variable_set
                    const_set rotate! sub! gsub! tr! squeeze! slice! setbyte
                    keep_if delete_if reject! select! filter! map! collect! flatten! clear pop
                    shift sort! sort_by! reverse! uniq! compact! shuffle! upcase! downcase!
                    capitalize! swapcase! strip! lstrip! rstrip! chomp! chop! succ! next!
                    subtract default= compare_by_identity transform_values! transform_keys!
                    force_encoding encode! unicode_normalize! delete_suffix! delete_prefix!
                    remove_instance_variable].freeze
      BRACKETED = %i[newarray newhash].freeze # others are of arguments, of several values
      SETTERS = %i[setinstancevariable setclassvariable setglobal].freeze
      ASSIGNED_BY_NAME = /\A(?:\[\]|[a-zA-Z_]\w*|\W?\w+)=\z/.freeze

      attr_reader :instructions

      def initialize(iseq, tree, line_offset)
        @tree = tree
        @line_offset = line_offset
        @instructions = Instructions.new(iseq)
        @before = {}
        @instructions.all.each_cons(2) { |one, two| @before[two.position] = one }
      end

      # All that is seen, by position, in the order in which it has come about.
      def sightings
        @instructions.all.flat_map { |each| left_before(each) + assigned_by(each) }
      end

      private

      # The node of an instruction, if it is where the instruction says it is.
      def node_of(instruction)
        node = @tree&.node(instruction.node_id)
        return unless node&.kind

        line = instruction.line - @line_offset
        node if line.between?(node.first_line, node.last_line)
      end

      # ---- values ----

      def left_before(instruction)
        position = instruction.position
        return [] if @instructions.landing?(position)

        before = @before[position]
        return plain(before, position) if @instructions.sources(position).empty? ||
                                          before&.name == :opt_setinlinecache

        joined(before, position)
      end

      def plain(before, position)
        node = before && left_node(before)
        node ? [Sighting.new(position, ANYWHERE, node, nil, 1, 0, 0, 0)] : []
      end

      # Where code comes together: by each way that brings a value, what is of that value.
      def joined(before, position)
        joins = @instructions.sources(position).select { |jump| brings_value?(jump) }
        ended = joins.map { |jump| node_of(jump) }.uniq
        ways = joins.map { |jump| [jump, node_of(jump)] }
        ways << [before, left_node(before)] if before && !Instructions::ENDS.include?(before.name)
        ways.flat_map { |from, node| arrivals(position, from, node, ended) }
      end

      # `dup` and a branch keep what the branch looks at; behind a jump out of a choice stands what
      # the instruction before it has left.
      def brings_value?(jump)
        before = @before[jump.position]
        kind = node_of(jump)&.kind
        return kind == :choice && before && leaves_value?(before) if jump.name == :jump

        jump.name.start_with?("branch") && before&.name == :dup && %i[logic call].include?(kind)
      end

      def leaves_value?(instruction)
        LEAVES.key?(instruction.name) || PUSHES.match?(instruction.name)
      end

      # What has this value when code comes to `position` from `from`, the inner before the outer.
      # Where the value is of no node that is shown, what ends with it.
      def arrivals(position, from, node, ended)
        inner = node || place_of(from) || (ended.first if ended.size == 1)
        return [] unless inner

        around = ended.select { |outer| outer != node && inner.inside?(outer) }.sort_by(&:size)
        [node, *around].compact.map do |each|
          Sighting.new(position, from.position, each, nil, 1, 0, 0, 0)
        end
      end

      # Of an instruction whose value is not shown, such as a variable's.
      def place_of(instruction)
        @tree&.node(instruction.node_id)
      end

      def left_node(instruction)
        kinds = LEAVES.fetch(instruction.name) { return }
        node = node_of(instruction)
        node = @tree.call_on(node) if node && instruction.name.start_with?("opt_newarray")
        node if node && kinds.include?(node.kind) && written?(instruction, node)
      end

      # Calls that the compiler adds are not in the text: `===` of a case, `to_s`, `deconstruct`.
      def written?(instruction, node)
        return @tree.slice(node).match?(/\A[\[{%]/) if BRACKETED.include?(instruction.name)
        return !@tree.slice(node).match?(/\A[:`]/) if instruction.name == :concatstrings

        name = instruction.call[:mid] or return true
        return false if name.start_with?("core#")
        return @tree.slice(node).include?("===") if name == :===
        return name == :=~ if node.kind == :match
        return true if UNWRITTEN.include?(name) || node.kind == :text

        !name.match?(/\A\w/) || @tree.slice(node).include?(name.name.b)
      end

      # ---- assignments ----

      def assigned_by(instruction)
        node = node_of(instruction)
        return [] unless node

        sighting = assignment(instruction, node)
        sighting ? [sighting] : []
      end

      def assignment(instruction, node)
        name = instruction.name
        return change(instruction, node) if node.kind == :call
        return unless node.kind == :assign
        return at(instruction, node, node.name, 1) if name.start_with?("setlocal") && node.name

        case name
        when *SETTERS
          owner = name == :setinstancevariable ? SELF : 0
          at(instruction, node, instruction.operands[0], 1, owner)
        when :setconstant then at(instruction, node, instruction.operands[0], 2, 1)
        when :opt_aset then at(instruction, node, target_text(node), 1, 3, 2, 1)
        else attribute(instruction, node)
        end
      end

      # `obj.attr = v`, `a[i, j] = v`
      def attribute(instruction, node)
        name, count = instruction.call.values_at(:mid, :orig_argc)
        return unless name && instruction.plain_call? && ASSIGNED_BY_NAME.match?(name)
        return if name == :[]= && !count.between?(2, 3)

        at(instruction, node, target_text(node), 1, count + 1, count, count - 1)
      end

      # `list << x`, `hash.store(k, v)`: the value is the last argument; of `list.pop` it is the
      # list.
      def change(instruction, node)
        name, count = instruction.call.values_at(:mid, :orig_argc)
        return unless MUTATORS.include?(name) && instruction.plain_call? && node.head

        text = @tree.slice(node, node.head) + (name == :<< ? " <<" : ".#{name}").b
        return sighting(instruction, node, text, 1) if count.zero?

        sighting(instruction, node, text, 1, count + 1, count, [count - 1, 2].min)
      end

      def at(instruction, node, target, *offsets)
        sighting(instruction, node, "#{target}".b << " =", *offsets)
      end

      # `offsets` are value, receiver, first argument; behind them stands the count of arguments.
      def sighting(instruction, node, target, *offsets)
        value, receiver, argument, count = offsets
        count ||= 0
        Sighting.new(instruction.position, ANYWHERE, node, target, value, receiver || 0,
                     count.zero? ? 0 : argument, count)
      end

      # What stands before the `=`, or all of it where several are assigned to at once.
      def target_text(node)
        text = @tree.slice(node)
        head = node.tail && node.tail > node.start ? @tree.slice(node, node.tail) : text
        head[/\A(.*?)\s*(?:[-+*\/%&|^]{1,2}|<<|>>)?=\s*\(*\z/m, 1] || text
      end
    end
  end
end
