module Report
  def self.line(shape)
    "#{shape.class}: #{shape.area}"
  end
end
