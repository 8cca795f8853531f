# frozen_string_literal: true

# The name of the method that a line of a file is in, as a trace spells it: Order#pay, Order.find.
#
# Used by Explain. From the syntax tree: what is defined only when the program runs is not found.
module CodeTracer
  module Filter
    module MethodFinder
      module_function

      # nil: in no method, or this Ruby does not tell.
      def name_at(path, line)
        return unless defined?(RubyVM::AbstractSyntaxTree)

        verbose, $VERBOSE = $VERBOSE, nil # it warns of what it reads
        visit(RubyVM::AbstractSyntaxTree.parse_file(path), line, [], false)
      rescue SyntaxError
        nil
      ensure
        $VERBOSE = verbose
      end

      # `owner` are the names of the modules around, `is_singleton` inside of `class << self`.
      def visit(node, line, owner, is_singleton)
        return unless node.is_a?(RubyVM::AbstractSyntaxTree::Node)
        return unless line.between?(node.first_lineno, node.last_lineno)

        case node.type
        when :CLASS, :MODULE then owner, is_singleton = owner + [constant(node.children[0])], false
        when :SCLASS then is_singleton = true
        when :DEFN then return named(owner, is_singleton, node.children[0])
        when :DEFS then return named(owner, true, node.children[1])
        end
        node.children.each do |child|
          found = visit(child, line, owner, is_singleton)
          return found if found
        end
        nil
      end

      def constant(node)
        node.children.map { |part| part.is_a?(Symbol) ? part.to_s : part && constant(part) }
            .compact.join("::")
      end

      def named(owner, is_singleton, name)
        return name.to_s if owner.empty?

        "#{owner.join('::')}#{is_singleton ? '.' : '#'}#{name}"
      end
    end
  end
end
