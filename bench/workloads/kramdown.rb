# frozen_string_literal: true

# kramdown converts our README.
#
# A parser: regular expressions and many small methods. It is a workload of workloads.rb.
require_relative "workload"
require "kramdown"

text = File.read(File.join(Workload::ROOT, "README.md"))
Workload.run { Kramdown::Document.new(text).to_html.size }
