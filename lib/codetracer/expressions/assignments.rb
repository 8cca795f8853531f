# frozen_string_literal: true

# What an instruction assigns to what: where on the stack the value stands, and the receiver.
#
# Used by plan.rb, of each instruction with its node. Methods that change their receiver are known
# by name alone.
module CodeTracer
  module Expressions
    # What is seen before the instruction at `position`, when the one at `from` was seen before it
    # (ANYWHERE: always). `value`, `receiver` and `argument` count from the stack's top, 1 the top
    # itself; 0: there is none, SELF: the frame's self.
    # `argument_count` arguments stand there, the first deepest. `before` tells where the value is
    # that is replaced: the name of a variable or constant; of a local, how many words below the ep
    # of its scope, times LEVELS, and how many scopes further out; ELEMENT; the name of an
    # attribute's method; or nil.
    Sighting = Struct.new(:position, :from, :node, :target, :value, :receiver, :argument,
                          :argument_count, :before)
    Sighting::ANYWHERE = 0xFFFFFFFF

    class Assignments
      SELF = 255
      OPERAND = 254 # of `argument`: the instruction's first
      IN_LIST = 3 # of `argument_count`: the value is a list of the last keys and what is assigned
      LEVELS = 1 << 16
      ELEMENT = :[]
      # Others have getters that ask more than the variable: $@ may run the program's code, and has
      # these names in English.
      PLAIN_GLOBAL = /\A\$(?!(?:_|ERROR_POSITION|ERROR_INFO)\z)[a-zA-Z_]\w*\z/.freeze
      # Not `merge`: a Hash's makes a new one.
      MUTATORS = %i[<< push append unshift prepend insert concat delete delete_at add add? store
                    merge! update replace instance_variable_set class_variable_set
                    const_set local_variable_set thread_variable_set rotate! sub! gsub! tr! tr_s!
                    squeeze! slice! setbyte bytesplice append_as_bytes fill enq deq
                    keep_if delete_if reject! select! filter! map! collect! flatten! clear pop
                    shift sort! sort_by! reverse! uniq! compact! shuffle! upcase! downcase!
                    capitalize! swapcase! strip! lstrip! rstrip! chomp! chop! succ! next! delete!
                    delete? subtract default= compare_by_identity rehash reset transform_values!
                    transform_keys! force_encoding encode! scrub! unicode_normalize!
                    delete_suffix! delete_prefix! remove_instance_variable remove_class_variable
                    remove_const].freeze
      ASSIGNED_BY_NAME = /\A(?:\[\]|[[:word:]]+|\W?\w+)=\z/.freeze

      def initialize(tree)
        @tree = tree
      end

      # nil: it assigns nothing.
      def sighting(instruction, node)
        name = instruction.name
        return change(instruction, node) if node.kind == :call
        return unless node.kind == :assign
        return local(instruction, node) if name.start_with?("setlocal") && node.name

        case name
        when :setinstancevariable then variable(instruction, node, 1, SELF)
        when :setclassvariable, :setglobal then variable(instruction, node, 1)
        when :setconstant
          at(instruction, node, constant(instruction, node), 2, 1)
            .tap { |seen| seen.before = instruction.operands[0] }
        when :opt_aset then element(instruction, node, 1)
        when :opt_aset_with
          at(instruction, node, target_text(node), 1, 2, OPERAND, 1)
            .tap { |seen| seen.before = ELEMENT }
        else attribute(instruction, node)
        end
      end

      private

      def local(instruction, node)
        index, level = instruction.operands
        level ||= instruction.name.end_with?("_1") ? 1 : 0
        at(instruction, node, node.name, 1).tap { |seen| seen.before = index * LEVELS + level }
      end

      def variable(instruction, node, *offsets)
        name = instruction.operands[0]
        at(instruction, node, name, *offsets).tap do |seen|
          seen.before = name if !name.start_with?("$") || PLAIN_GLOBAL.match?(name)
        end
      end

      # `a[i] = v` with so many keys.
      def element(instruction, node, count)
        at(instruction, node, target_text(node), 1, count + 2, count + 1, count)
          .tap { |seen| seen.before = ELEMENT if count == 1 }
      end

      def constant(instruction, node)
        text = target_text(node)
        text.include?("::") ? text : instruction.operands[0]
      end

      # `obj.attr = v`, `a[i, j] = v`
      def attribute(instruction, node)
        name, count = instruction.call.values_at(:mid, :orig_argc)
        return unless name && ASSIGNED_BY_NAME.match?(name)
        return listed(instruction, node, count) if instruction.splat_call? && name == :[]=
        return unless instruction.plain_call?

        return (element(instruction, node, count - 1) if count.between?(2, 3)) if name == :[]=

        at(instruction, node, target_text(node), 1, count + 1, count, count - 1)
          .tap { |seen| seen.before = name if count == 1 }
      end

      # `a[k, *i] = v`
      def listed(instruction, node, count)
        text = target_text(node)
        return if text.include?("**")

        at(instruction, node, text, 1, count + 1, count, IN_LIST)
          .tap { |seen| seen.before = ELEMENT }
      end

      # `list << x`, `hash.store(k, v)`: the value is the last argument; of `list.pop` it is the
      # list. Keywords stand there by their values, what has a `*` as one list; a block above all.
      def change(instruction, node)
        name, count, keywords = instruction.call.values_at(:mid, :orig_argc, :kw_arg)
        return unless MUTATORS.include?(name) && own_call?(node, name)

        count += keywords.size if keywords
        above = instruction.block_given_as_value? ? 1 : 0
        return seen(instruction, node, changed(node, name), above + 1) if count.zero?

        seen(instruction, node, changed(node, name), above + 1, above + count + 1, above + count,
             [count - 1, 2].min)
      end

      # Of `push 1` the receiver is not in the text.
      def changed(node, name)
        return name.name.b unless node.head

        @tree.slice(node, node.head) + (name == :<< ? " <<" : ".#{name}").b
      end

      def own_call?(node, name)
        node.head || @tree.slice(node).start_with?(name.name.b)
      end

      def at(instruction, node, target, *offsets)
        seen(instruction, node, "#{target}".b << " =", *offsets)
      end

      # `offsets` are value, receiver, first argument; behind them stands the count of arguments.
      def seen(instruction, node, target, *offsets)
        value, receiver, argument, count = offsets
        count ||= 0
        Sighting.new(instruction.position, Sighting::ANYWHERE, node, target, value, receiver || 0,
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
